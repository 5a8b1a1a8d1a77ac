import { Service } from "../lib/cases.mjs";

export function create() {
  return { service: new Service() };
}
