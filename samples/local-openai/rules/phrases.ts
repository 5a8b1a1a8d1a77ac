/** The part of a `compromise` view that is read here, with a type for its answer. */
interface View {
  out(format: "array"): string[];
}

/** The parts that a search found, as they stand in the text. */
export function phrases(view: View): string[] {
  return view.out("array");
}
