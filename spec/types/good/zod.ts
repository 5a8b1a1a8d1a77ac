// A traced schema has the type of the schema it was made of: its methods, its input and its output.
import { type SchemaRecord, type TraceSchemaOptions, type TraceableSchema, traceSchema } from "spandrel/zod";
import * as z from "zod";
import * as mini from "zod/mini";
import * as three from "zod/v3";
import { type Equal, holds } from "./equal.js";

const User = z.object({ name: z.string().default("nobody"), day: z.string().transform((day) => day.length) });
const traced = traceSchema(User, { record: "failure", name: "User" });
holds<Equal<typeof traced, typeof User>>();
holds<Equal<z.input<typeof traced>, { day: string; name?: string | undefined }>>();
holds<Equal<z.output<typeof traced>, { name: string; day: number }>>();
holds<Equal<ReturnType<typeof traced.parse>, { name: string; day: number }>>();
const found = traced.safeParse({});
if (found.success) holds<Equal<typeof found.data.day, number>>();
else holds<Equal<typeof found.error, z.ZodError<{ name: string; day: number }>>>();

const wider = z.object({ user: traced, users: z.array(traced) });
holds<Equal<z.output<typeof wider>["users"][number]["day"], number>>();
holds<Equal<z.output<ReturnType<typeof traced.pick<{ name: true }>>>, { name: string }>>();
const branded = traceSchema(z.string().brand<"Id">());
holds<Equal<z.output<typeof branded>, string & z.core.$brand<"Id">>>();

const small = traceSchema(mini.object({ name: mini.optional(mini.string()) }));
holds<Equal<mini.output<typeof small>, { name?: string | undefined }>>();
const old = traceSchema(three.object({ name: three.string() }));
holds<Equal<three.infer<typeof old>, { name: string }>>();

const record: SchemaRecord = "metrics";
const options: TraceSchemaOptions = { record, name: undefined };
export const all: TraceableSchema[] = [
  traced,
  small,
  old,
  traceSchema(z.codec(z.string(), z.date(), { decode: (text) => new Date(text), encode: String }), options),
];

export function traceAny<Schema extends z.ZodType>(schema: Schema): Schema {
  return traceSchema(schema, options);
}
