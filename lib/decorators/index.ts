export type { AnyMethod, ClassTracer, DecoratorMisuse, MethodTracer } from "./method-tracer.js";
export { PropagateAttributes } from "./propagate-attributes.js";
export type {
  ClassOptions,
  SpanDecorator,
  SpanDecoratorFactory,
  StreamClassOptions,
  StreamDecorator,
  StreamDecoratorFactory,
} from "./span-decorator.js";
export {
  Agent,
  StreamingAgent,
  StreamingTask,
  StreamingTool,
  StreamingWorkflow,
  Task,
  Tool,
  Workflow,
} from "./span-decorators.js";
export { traced } from "./traced.js";
export type { TracedOptions } from "./traced.js";
