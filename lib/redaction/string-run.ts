import { type Edit, mergeEdits } from "./edits.js";

/**
 * This redacts strings that stand one after another in a list: each by itself, and all of them as the one text they may
 * be the chunks of. A secret that ends with its chunk takes with it what continues it in the next, as nobody can tell
 * whether it does. The very same list is returned when nothing changes.
 */
export function redactRun(items: readonly string[], find: (text: string) => readonly Edit[]): readonly string[] {
  const edits = [...find(items.join(""))];
  let offset = 0;
  for (const item of items) {
    for (const edit of find(item)) edits.push({ ...edit, start: edit.start + offset, end: edit.end + offset });
    offset += item.length;
  }
  return edits.length === 0 ? items : distribute(items, mergeEdits(edits));
}

/** A replacement stands in the item that its secret begins in; from those after it only the secret's parts are taken. */
function distribute(items: readonly string[], edits: readonly Edit[]): readonly string[] {
  let next = 0;
  let itemStart = 0;
  const changed = items.map((item) => {
    const itemEnd = itemStart + item.length;
    let result = "";
    let at = itemStart;
    for (let edit = edits[next]; edit !== undefined && edit.start < itemEnd; edit = edits[next]) {
      if (edit.start >= itemStart) result += item.slice(at - itemStart, edit.start - itemStart) + edit.text;
      at = Math.min(edit.end, itemEnd);
      if (edit.end > itemEnd) break;
      next++;
    }
    result += item.slice(at - itemStart);
    itemStart = itemEnd;
    return result;
  });
  return changed.some((item, index) => item !== items[index]) ? changed : items;
}
