// Names that are not in `Register`, which ../good/processor-names.ts augments.
import { StreamingTask, Task, traced } from "spandrel";

export class Desk {
  // error: Type '"debgu"' is not assignable to type
  @Task({ processors: "debgu" })
  one(): void {}

  // error: Type '"debgu"' is not assignable to type
  @Task({ processors: ["default", "debgu"] })
  two(): void {}

  // error: Type '"debgu"' is not assignable to type
  @StreamingTask({ processors: ["debgu"] })
  *three(): Generator<string> {}
}

// error: Type '"debgu"' is not assignable to type
export const four = traced({ processors: "debgu" }, () => 1);
