// `#private` methods can be decorated in Stage-3 mode only.
import { Task } from "spandrel";

export class Vault {
  @Task()
  #open(code: number): string {
    return String(code);
  }

  @Task
  static #count(): number {
    return 1;
  }

  use(): string {
    return this.#open(Vault.#count());
  }
}
