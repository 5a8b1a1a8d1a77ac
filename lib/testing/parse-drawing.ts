import { InvalidOptionError } from "../errors.js";

/** A name of a drawing, and those below it. */
interface DrawnName {
  readonly span: { readonly name: string };
  readonly isOrphan: false;
  readonly children: DrawnName[];
}

/** A list of siblings that a line may still be added to, with the indentation that they have. */
interface OpenLevel {
  readonly siblings: DrawnName[];
  indent: string | undefined;
}

/**
 * Reads a drawing of trees: a name a line, those below a span indented further than the span, siblings alike. Empty
 * lines and an indentation that all lines have mean nothing. Throws `InvalidOptionError` where a line is on no level.
 */
export function parseDrawing(text: string): DrawnName[] {
  const roots: DrawnName[] = [];
  const levels: OpenLevel[] = [{ siblings: roots, indent: undefined }];
  for (const line of text.split(/\r?\n/)) {
    const name = line.trim();
    if (name === "") continue;
    const indent = line.slice(0, line.indexOf(name));
    const node: DrawnName = { span: { name }, isOrphan: false, children: [] };
    levelOf(line, indent, levels).siblings.push(node);
    levels.push({ siblings: node.children, indent: undefined });
  }
  return roots;
}

/** The level of a line: the children of the line above where it is indented further, otherwise one that is open. */
function levelOf(line: string, indent: string, levels: OpenLevel[]): OpenLevel {
  const above = levels.at(-2)?.indent;
  const innermost = levels.at(-1);
  if (innermost !== undefined && (above === undefined || (indent !== above && indent.startsWith(above)))) {
    innermost.indent = indent;
    return innermost;
  }
  while (levels.length > 0) {
    const level = levels.at(-1);
    if (level?.indent === indent) return level;
    levels.pop();
  }
  throw new InvalidOptionError("toHaveSpanTree", "a drawing whose lines are indented as siblings or children", line);
}
