/* eslint-disable @typescript-eslint/no-explicit-any -- defaults of inferred parameters, see method-tracer.ts */
import type { SpanOptions, StreamOptions } from "../span/index.js";
import type { AnyMethod, ClassTracer, MethodLike, MethodTracer, StreamingMethodLike } from "./method-tracer.js";

/** These options put a decorator on a class: it then traces the method of this name. */
export type ClassOptions<MethodName extends string> = SpanOptions<any[], any> & { readonly method: MethodName };

/** As `ClassOptions`, for a method that streams. */
export type StreamClassOptions<MethodName extends string> = StreamOptions<any[], any> & { readonly method: MethodName };

type Arguments = readonly unknown[];

/** The callbacks that get the arguments. Each is inferred for itself, as one may take fewer of them than another. */
interface ArgumentCallbacks<
  Name extends Arguments,
  Input extends Arguments,
  Own extends Arguments,
  Links extends Arguments,
> {
  readonly name?: SpanOptions<Name>["name"];
  readonly captureInput?: SpanOptions<Input>["captureInput"];
  readonly attributes?: SpanOptions<Own>["attributes"];
  readonly links?: SpanOptions<Links>["links"];
  /** For classes only: see `ClassOptions`. */
  readonly method?: never;
}

/**
 * This decorator traces a method: `@Task`, `@Task()`, `@Task("name")` and `@Task({ … })` on an instance, static or
 * (Stage-3) `#private` method, and `@Task({ method: "run" })` on a class. One name serves Stage-3 decorators and
 * `experimentalDecorators`. The method behaves exactly as without it; each call makes a span. Anywhere else the
 * decorator is a compile error, and a `TypeError` when the class is defined; a bad option is an `InvalidOptionError`.
 */
export interface SpanDecorator<Label extends string>
  extends MethodTracer<AnyMethod, Label>, SpanDecoratorFactory<Label> {}

/** The forms of a `SpanDecorator` with parentheses: options for a class, otherwise options or a name for a method. */
export interface SpanDecoratorFactory<Label extends string> {
  <const MethodName extends string>(options: ClassOptions<MethodName>): ClassTracer<MethodName>;
  <
    Name extends Arguments = any[],
    Input extends Arguments = any[],
    Own extends Arguments = any[],
    Links extends Arguments = any[],
    Result = any,
  >(
    options?:
      | string
      | (Omit<SpanOptions<any[], Result>, keyof ArgumentCallbacks<Name, Input, Own, Links>> &
          ArgumentCallbacks<Name, Input, Own, Links>),
  ): MethodTracer<
    MethodLike<Name, Result> & MethodLike<Input, Result> & MethodLike<Own, Result> & MethodLike<Links, Result>,
    Label
  >;
}

/**
 * This decorator is for methods that stream (generators, async generators, methods that return an async iterable, a
 * ReadableStream, a Response, an Observable or a promise of one). `@Task` records streams as well; this one adds the options that
 * concern them and a compile-time check that the method does stream.
 */
export interface StreamDecorator<Label extends string>
  extends
    MethodTracer<StreamingMethodLike<any[], any>, Label, "decorates methods that stream">,
    StreamDecoratorFactory<Label> {}

/** The forms of a `StreamDecorator` with parentheses, as `SpanDecoratorFactory`. */
export interface StreamDecoratorFactory<Label extends string> {
  <const MethodName extends string>(
    options: StreamClassOptions<MethodName>,
  ): ClassTracer<MethodName, StreamingMethodLike<any[], any>>;
  <
    Name extends Arguments = any[],
    Input extends Arguments = any[],
    Own extends Arguments = any[],
    Links extends Arguments = any[],
    Chunk = any,
  >(
    options?:
      | string
      | (Omit<StreamOptions<any[], Chunk>, keyof ArgumentCallbacks<Name, Input, Own, Links>> &
          ArgumentCallbacks<Name, Input, Own, Links>),
  ): MethodTracer<
    StreamingMethodLike<Name, Chunk> &
      StreamingMethodLike<Input, Chunk> &
      StreamingMethodLike<Own, Chunk> &
      StreamingMethodLike<Links, Chunk>,
    Label,
    "decorates methods that stream, with options that fit them"
  >;
}
