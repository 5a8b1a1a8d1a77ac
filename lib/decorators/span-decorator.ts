/* eslint-disable @typescript-eslint/no-explicit-any -- defaults of inferred parameters, see method-tracer.ts */
import type { SpanOptions, StreamOptions } from "../span/index.js";
import type {
  AnyClass,
  AnyMethod,
  ClassTracer,
  DecoratorMisuse,
  MethodLike,
  MethodTracer,
  StreamingMethodLike,
} from "./method-tracer.js";

/** These options put a decorator on a class: it then traces the method of this name. */
export type ClassOptions<MethodName extends string> = SpanOptions<any[], any> & { readonly method: MethodName };

/**
 * This decorator traces a method: `@Task`, `@Task()`, `@Task("name")` and `@Task({ … })` on an instance, static or
 * (Stage-3) `#private` method, and `@Task({ method: "run" })` on a class. One name serves Stage-3 decorators and
 * `experimentalDecorators`. The method behaves exactly as without it; each call makes a span. Anywhere else the
 * decorator is a compile error, and a `TypeError` when the class is defined; a bad option is an `InvalidOptionError`.
 */
export interface SpanDecorator<Label extends string> {
  <This, Method extends AnyMethod>(method: Method, context: ClassMethodDecoratorContext<This, Method>): Method;
  <Method extends AnyMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): TypedPropertyDescriptor<Method>;
  <const MethodName extends string>(options: ClassOptions<MethodName>): ClassTracer<MethodName>;
  <Args extends readonly unknown[] = any[], Result = any>(
    options?: SpanOptions<Args, Result> & { readonly method?: never },
  ): MethodTracer<MethodLike<Args, Result>, Label>;
  (name: string): MethodTracer<AnyMethod, Label>;
  (target: AnyClass, context: ClassDecoratorContext): DecoratorMisuse<`${Label} on a class needs { method: "name" }`>;
  (target: undefined, context: ClassFieldDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not fields`>;
  (target: AnyMethod, context: ClassGetterDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not getters`>;
  (target: AnyMethod, context: ClassSetterDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not setters`>;
  (target: object, context: ClassAccessorDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not accessors`>;
}

/**
 * This decorator is for methods that stream (generators, async generators, methods that return an async iterable, a
 * ReadableStream, a Response or a promise of one). `@Task` records streams as well; this one adds the options that
 * concern them and a compile-time check that the method does stream.
 */
export interface StreamDecorator<Label extends string> {
  <This, Method extends StreamingMethodLike<any[], any>>(
    method: Method,
    context: ClassMethodDecoratorContext<This, Method>,
  ): Method;
  <Method extends StreamingMethodLike<any[], any>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): TypedPropertyDescriptor<Method>;
  <Args extends readonly unknown[] = any[], Chunk = any>(
    options?: StreamOptions<Args, Chunk>,
  ): MethodTracer<StreamingMethodLike<Args, Chunk>, Label>;
  (name: string): MethodTracer<StreamingMethodLike<any[], any>, Label>;
  (target: AnyClass, context: ClassDecoratorContext): DecoratorMisuse<`${Label} decorates methods that stream`>;
  (target: undefined, context: ClassFieldDecoratorContext): DecoratorMisuse<`${Label} decorates methods, not fields`>;
}
