/* eslint-disable @typescript-eslint/no-explicit-any --
   `any` stands in generic constraints only: a method of any parameters must be accepted, and `unknown` or `never`
   would reject methods with typed ones. What is inferred and returned is the method's own type. */

/** Any method at all. */
export type AnyMethod = (this: any, ...args: any[]) => any;

/** A class, concrete or abstract. */
export type AnyClass = abstract new (...args: any[]) => any;

/** What a method may return for a callback that gets its result, settled: such a callback never sees a promise. */
type Returns<Result> = 0 extends 1 & Result
  ? any
  : Result extends PromiseLike<unknown>
    ? PromiseLike<Result>
    : Result | PromiseLike<Result>;

/**
 * A method whose arguments fit a callback with these parameters, and whose settled result is this. It is written as
 * a method, whose parameters compare both ways, so that the callback may take something wider.
 */
export type MethodLike<Args extends readonly unknown[], Result> = {
  method(this: any, ...args: [...Args, ...any[]]): Returns<Result>;
}["method"];

/**
 * What hands out chunks one by one; strings and arrays are values that happen to be iterable. The iterables are spelled
 * out, as `Iterable` of TypeScript before 5.6 has no room for generators that are sent values.
 */
export type StreamLike<Chunk> =
  | { [Symbol.asyncIterator](): { next(...sent: any[]): Promise<IteratorResult<Chunk, any>> } }
  | { [Symbol.iterator](): { next(...sent: any[]): IteratorResult<Chunk, any> }; readonly next: unknown }
  | { getReader(): unknown; tee(): unknown }
  | { subscribe(observer: { next: (value: Chunk) => void }): { unsubscribe(): void } }
  | Response;

/** A method that returns (a promise of) a stream; its arguments fit as in `MethodLike`. */
export type StreamingMethodLike<Args extends readonly unknown[], Chunk> = {
  method(this: any, ...args: [...Args, ...any[]]): StreamLike<Chunk> | PromiseLike<StreamLike<Chunk>>;
}["method"];

/** The type a misplaced decorator returns; what the compiler shows is its text, and the method that would fit. */
export interface DecoratorMisuse<Message extends string, Fitting = AnyMethod> {
  readonly "spandrel: this decorator cannot stand here": Message;
  readonly fitting?: Fitting;
}

/**
 * This is what `@Task(...)` evaluates to: a decorator for methods in both dialects, which gives back a method of the
 * very same type. The overloads below the first two match what no decorator of ours can stand on, and say so; in
 * legacy mode the compiler tries them for every kind of member, so the one for fields, with the fewest parameters, is
 * the last of theirs.
 */
export interface MethodTracer<
  Constraint extends AnyMethod,
  Label extends string,
  Reason extends string = "has options that do not fit this method's parameters or result",
> {
  <This, Method extends Constraint>(method: Method, context: ClassMethodDecoratorContext<This, Method>): Method;
  <Method extends Constraint>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): TypedPropertyDescriptor<Method>;
  <This, Method extends AnyMethod>(
    target: Method,
    context: ClassMethodDecoratorContext<This, Method>,
  ): DecoratorMisuse<`${Label} ${Reason}`, Constraint>;
  (target: undefined, context: ClassFieldDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not fields`>;
  (target: AnyMethod, context: ClassGetterDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not getters`>;
  (target: AnyMethod, context: ClassSetterDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not setters`>;
  (
    target: object,
    context: ClassAccessorDecoratorContext,
  ): DecoratorMisuse<`${Label} decorates methods, not accessors`>;
  (target: AnyClass, context: ClassDecoratorContext): DecoratorMisuse<`${Label} on a class needs { method: "name" }`>;
  <Method extends AnyMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): DecoratorMisuse<`${Label} ${Reason}`, Constraint>;
  <Value>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Value>,
  ): DecoratorMisuse<`${Label} decorates methods, not accessors`>;
  (target: object, key: string | symbol): DecoratorMisuse<`${Label} decorates methods, not fields`>;
  (target: AnyClass): DecoratorMisuse<`${Label} on a class needs { method: "name" }`>;
}

/** This is what `@Task({ method: "run" })` evaluates to: a decorator for classes that have such a method. */
export interface ClassTracer<MethodName extends string, Constraint extends AnyMethod = AnyMethod> {
  <Class extends abstract new (...args: any[]) => { [K in MethodName]: Constraint }>(
    target: Class,
    context: ClassDecoratorContext<Class>,
  ): void;
  <Class extends abstract new (...args: any[]) => { [K in MethodName]: Constraint }>(target: Class): void;
}
