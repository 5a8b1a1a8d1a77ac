import { DecoratorMisuseError, InvalidOptionError } from "../errors.js";
import { type AnyOptions, type EntityKind, createSpanPlan, wrapFunction } from "../span/index.js";
import { type Wrap, decorateClass, decorateMethod, isApplication } from "./decorate.js";
import type { SpanDecorator, StreamDecorator } from "./span-decorator.js";

/**
 * This traces a method that is a whole job: the root of a trace, or a job within another. What runs inside carries its
 * name as `traceloop.workflow.name`.
 *
 * @example
 * ```ts
 * class SupportDesk {
 *   @Workflow()
 *   async handle(message: Message) { … }
 * }
 * ```
 */
export const Workflow: SpanDecorator<"@Workflow"> = createDecorator("@Workflow", "workflow");

/** This traces a method that is a step of a job. Its name joins the entity path of what runs inside. */
export const Task: SpanDecorator<"@Task"> = createDecorator("@Task", "task");

/** This traces a method in which a model decides what to do next. */
export const Agent: SpanDecorator<"@Agent"> = createDecorator("@Agent", "agent");

/** This traces a method that a model may call. Its name joins the entity path of what runs inside. */
export const Tool: SpanDecorator<"@Tool"> = createDecorator("@Tool", "tool");

/** This is `@Workflow` for a method that streams. */
export const StreamingWorkflow: StreamDecorator<"@StreamingWorkflow"> = createDecorator(
  "@StreamingWorkflow",
  "workflow",
);

/** This is `@Task` for a method that streams. */
export const StreamingTask: StreamDecorator<"@StreamingTask"> = createDecorator("@StreamingTask", "task");

/** This is `@Agent` for a method that streams. */
export const StreamingAgent: StreamDecorator<"@StreamingAgent"> = createDecorator("@StreamingAgent", "agent");

/** This is `@Tool` for a method that streams. */
export const StreamingTool: StreamDecorator<"@StreamingTool"> = createDecorator("@StreamingTool", "tool");

/** One body for all eight; `never` fits each of the overload sets, which type it for its users. */
function createDecorator(label: string, kind: EntityKind): never {
  const decorator = (...args: readonly unknown[]): unknown => {
    if (isApplication(args)) return decorateMethod(label, args, wrapper(label, kind, {}));
    const { method, options } = readOptions(label, args[0]);
    const wrap = wrapper(label, kind, options);
    if (method === undefined) return (...applied: readonly unknown[]) => decorateMethod(label, applied, wrap);
    return (...applied: readonly unknown[]) => {
      decorateClass(label, applied, method, wrap);
    };
  };
  return decorator as never;
}

function wrapper(label: string, kind: EntityKind, options: AnyOptions): Wrap {
  return (fn, identity) => wrapFunction(createSpanPlan(label, kind, identity, fn, options), fn);
}

function readOptions(label: string, given: unknown): { method: string | undefined; options: AnyOptions } {
  if (given === undefined) return { method: undefined, options: {} };
  if (typeof given === "string") return { method: undefined, options: { name: given } };
  if (typeof given !== "object" || given === null) {
    throw new DecoratorMisuseError(`${label} takes a name or an options object`);
  }
  const { method, ...options } = given as AnyOptions & { method?: unknown };
  if (method !== undefined && (typeof method !== "string" || method === "")) {
    throw new InvalidOptionError(`${label} method`, "the name of a method of the class", method);
  }
  return { method, options };
}
