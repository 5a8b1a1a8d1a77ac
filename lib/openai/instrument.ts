import { type NativeInstrument, attachClasses } from "../instruments/index.js";
import { CHAT_COMPLETIONS } from "./chat-completions.js";
import { EMBEDDINGS } from "./embeddings.js";
import { RESPONSES } from "./responses.js";

/** This traces every client of the `openai` package there is or will be, Azure's included, by the classes it shares. */
export const OPENAI_INSTRUMENT: NativeInstrument = {
  name: "openai",
  packageName: "openai",
  // Loading these takes a third of the time that the whole package takes.
  modules: ["resources/chat/completions/completions", "resources/responses/responses", "resources/embeddings"],
  enable: (modules) =>
    attachClasses(modules, { Completions: CHAT_COMPLETIONS, Responses: RESPONSES, Embeddings: EMBEDDINGS }),
};
