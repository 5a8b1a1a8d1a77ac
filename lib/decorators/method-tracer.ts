/* eslint-disable @typescript-eslint/no-explicit-any --
   `any` stands in generic constraints only: a method of any parameters must be accepted, and `unknown` or `never`
   would reject methods with typed ones. What is inferred and returned is the method's own type. */

/** Any method at all. */
export type AnyMethod = (this: any, ...args: any[]) => any;

/** A class, concrete or abstract. */
export type AnyClass = abstract new (...args: any[]) => any;

/** A method that can be called with these leading arguments and returns (a promise of) this result. */
export type MethodLike<Args extends readonly unknown[], Result> = (
  this: any,
  ...args: [...Args, ...any[]]
) => Result | PromiseLike<Result>;

/** What a stream hands out one by one; strings and arrays are values that happen to be iterable. */
export type StreamLike<Chunk> =
  | AsyncIterable<Chunk>
  | (Iterable<Chunk> & { readonly next: unknown })
  | { getReader(): unknown; tee(): unknown }
  | Response;

/** A method that returns (a promise of) a stream. */
export type StreamingMethodLike<Args extends readonly unknown[], Chunk> = (
  this: any,
  ...args: [...Args, ...any[]]
) => StreamLike<Chunk> | PromiseLike<StreamLike<Chunk>>;

/** The type a misplaced decorator returns; its text is what the compiler shows. */
export interface DecoratorMisuse<Message extends string> {
  readonly "spandrel: this decorator cannot stand here": Message;
}

/**
 * This is what `@Task(...)` evaluates to: a decorator for methods in both dialects, which gives back a method of the
 * very same type. The overloads below the first two match what no decorator of ours can stand on, and say so.
 */
export interface MethodTracer<Constraint extends AnyMethod, Label extends string> {
  <This, Method extends Constraint>(method: Method, context: ClassMethodDecoratorContext<This, Method>): Method;
  <Method extends Constraint>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): TypedPropertyDescriptor<Method>;
  (target: AnyClass, context: ClassDecoratorContext): DecoratorMisuse<`${Label} on a class needs { method: "name" }`>;
  (target: undefined, context: ClassFieldDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not fields`>;
  (target: AnyMethod, context: ClassGetterDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not getters`>;
  (target: AnyMethod, context: ClassSetterDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not setters`>;
  (target: object, context: ClassAccessorDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not accessors`>;
  (target: AnyClass): DecoratorMisuse<`${Label} on a class needs { method: "name" }`>;
}

/** This is what `@Task({ method: "run" })` evaluates to: a decorator for classes that have such a method. */
export interface ClassTracer<MethodName extends string> {
  <Class extends abstract new (...args: any[]) => { [K in MethodName]: AnyMethod }>(
    target: Class,
    context: ClassDecoratorContext<Class>,
  ): void;
  <Class extends abstract new (...args: any[]) => { [K in MethodName]: AnyMethod }>(target: Class): void;
}
