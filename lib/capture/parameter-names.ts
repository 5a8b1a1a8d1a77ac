import { NO_PARAMETERS, type ParameterList } from "./parameter-list.js";
import { SourceScanner } from "./source-scanner.js";

/**
 * This reads the parameters of a function or method out of its source text: methods of every spelling (async,
 * generator, computed, quoted, `#private`), functions and arrows, whatever stands in their default values.
 * A destructured parameter has no name. What cannot be read (native and bound functions, classes, source that was
 * removed) gives the empty list. It never throws and never calls the function. Meant to run once per function.
 *
 * @example
 * readParameterNames((id: string, { limit = 3 }, ...tags: string[]) => id); // { names: ["id", undefined, "tags"], restIndex: 2 }
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- any function at all: it is read, not called
export function readParameterNames(fn: Function): ParameterList {
  try {
    return readHead(new SourceScanner(Function.prototype.toString.call(fn))) ?? NO_PARAMETERS;
  } catch {
    return NO_PARAMETERS;
  }
}

/** Steps over the words, the `*` and the computed or quoted name before the parameters, which `(` or `=>` reveals. */
function readHead(scanner: SourceScanner): ParameterList | undefined {
  for (let isFirst = true; ; isFirst = false) {
    if (scanner.take("(")) return readList(scanner);
    const word = scanner.takeWord();
    if (word === undefined) {
      if (!scanner.skip()) return undefined;
    } else if (scanner.take("=>")) {
      return { names: [plainName(word)], restIndex: undefined };
    } else if (isFirst && word === "class" && scanner.peek() !== "(") {
      return undefined;
    }
  }
}

function readList(scanner: SourceScanner): ParameterList | undefined {
  const names: (string | undefined)[] = [];
  let restIndex: number | undefined;
  while (!scanner.take(")")) {
    if (scanner.take("...")) restIndex = names.length;
    const name = plainName(scanner.takeWord());
    names.push(name !== undefined && names.includes(name) ? undefined : name);
    while (scanner.peek() !== "," && scanner.peek() !== ")") if (!scanner.skip()) return undefined;
    scanner.take(",");
  }
  return { names, restIndex };
}

/** A name written with escapes is left unread. */
function plainName(word: string | undefined): string | undefined {
  return word === undefined || word.includes("\\") ? undefined : word;
}
