import { traceSchema } from "spandrel/zod";
import { z } from "zod";

/** What a request asks: traced, so that its validation is in the trace of the request. */
export const UserData = traceSchema(z.object({ query: z.string() }).meta({ title: "UserData" }));
export type UserData = z.infer<typeof UserData>;

export const MultipleUserData = traceSchema(
  z.object({ queries: z.array(z.string()) }).meta({ title: "MultipleUserData" }),
);
export type MultipleUserData = z.infer<typeof MultipleUserData>;

/** What is extracted, and what the service answers. */
export const UserDetail = traceSchema(z.object({ name: z.string(), age: z.int() }).meta({ title: "UserDetail" }), {
  record: "all",
});
export type UserDetail = z.infer<typeof UserDetail>;
