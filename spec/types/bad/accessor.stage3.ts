// `accessor` exists in Stage-3 only, as far as decorators go.
import { Task } from "spandrel";

export class Accessors {
  // error: @Task decorates methods, not accessors
  @Task()
  accessor value = 1;

  // error: @Task decorates methods, not accessors
  @Task
  accessor bare = 1;
}
