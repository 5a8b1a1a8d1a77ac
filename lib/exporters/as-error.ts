/** This returns what was thrown as an `Error`: itself where it looks like one, whichever realm it comes from. */
export function asError(thrown: unknown, otherwise: string): Error {
  const isError = typeof thrown === "object" && thrown !== null && "name" in thrown && "message" in thrown;
  return isError ? (thrown as Error) : new Error(otherwise, { cause: thrown });
}
