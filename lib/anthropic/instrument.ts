import { type NativeInstrument, attachClasses } from "../instruments/index.js";
import { MESSAGES } from "./messages.js";

/**
 * This traces every client of the `@anthropic-ai/sdk` package there is or will be, those of Bedrock and Vertex included,
 * by the classes they share.
 */
export const ANTHROPIC_INSTRUMENT: NativeInstrument = {
  name: "anthropic",
  packageName: "@anthropic-ai/sdk",
  modules: ["resources/messages/messages", "resources/beta/messages/messages"],
  enable: (modules) => attachClasses(modules, { Messages: MESSAGES }),
};
