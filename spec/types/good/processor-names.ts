// `Register` lists the names of the processors, for the whole program. The other programs here use these two names.
import { Task, type ProcessorName, traced } from "spandrel";
import { type Equal, holds } from "./equal.js";

declare module "spandrel" {
  interface Register {
    processors: "default" | "debug";
  }
}
holds<Equal<ProcessorName, "default" | "debug">>();

export class Desk {
  @Task({ processors: "debug" })
  one(): void {}

  @Task({ processors: ["default", "debug"] })
  two(): void {}
}
export const both = traced({ processors: ["default", "debug"] }, () => 1);
