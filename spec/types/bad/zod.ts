// Options that are misspelt, values that are none, and what is no schema or has no methods.
import { traceSchema } from "spandrel/zod";
import * as z from "zod";

const User = z.object({ name: z.string() });

// error: 'recrod' does not exist
traceSchema(User, { recrod: "all" });
// error: Type '"none"' is not assignable
traceSchema(User, { record: "none" });
// error: Type 'number' is not assignable to type 'string'
traceSchema(User, { name: 1 });
// error: 'name' does not exist in type 'TraceableSchema'
traceSchema({ name: z.string() });
// error: is missing the following properties from type 'TraceableSchema': parse, safeParse
traceSchema(new z.core.$ZodString({ type: "string" }));
// error: Property 'surname' does not exist
traceSchema(User).parse({}).surname;
