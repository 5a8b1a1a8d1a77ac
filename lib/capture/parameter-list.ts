/** The parameters of a function as its source text names them. */
export interface ParameterList {
  /** In order; `undefined` where there is no one name to read (destructuring). */
  readonly names: readonly (string | undefined)[];
  /** The place of the rest parameter, which is the last. */
  readonly restIndex: number | undefined;
}

/** The list of a function whose parameters cannot be known, such as a native one. */
export const NO_PARAMETERS: ParameterList = { names: [], restIndex: undefined };

/** The key under which the argument at `index` is written: the parameter's name, otherwise `arg` and its place. */
export function argumentName(parameters: ParameterList, index: number): string {
  const name = parameters.names[index];
  if (name !== undefined) return name;
  let fallback = `arg${index}`;
  while (parameters.names.includes(fallback)) fallback += "_";
  return fallback;
}
