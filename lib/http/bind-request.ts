import { type Context, context, createContextKey } from "@opentelemetry/api";
import { shadowMethod } from "../internal/index.js";
import { findMethod } from "../span/index.js";

/** The context of one request: replaced where a second `requestContext` knows more of it. */
interface RequestRoom {
  current: Context;
}

const ROOM_KEY = createContextKey("spandrel.request.v1");

/** By request. A room must not hold it: whoever keeps the context would keep the request and its socket. */
const rooms = new WeakMap<object, RequestRoom>();

/**
 * This makes a context of `scoped` in which the events of a request and its response are heard as well. Node emits them
 * in the context of the connection, which knows nothing of the request; what is emitted inside the request's context
 * (or further in) stays where it is.
 */
export function bindRequest(request: object, emitters: readonly object[], scoped: Context): Context {
  const known = rooms.get(request);
  if (known !== undefined) {
    known.current = scoped.setValue(ROOM_KEY, known);
    return known.current;
  }
  const room: RequestRoom = { current: scoped };
  room.current = scoped.setValue(ROOM_KEY, room);
  rooms.set(request, room);
  for (const emitter of emitters) bindEmitter(emitter, room);
  return room.current;
}

function bindEmitter(emitter: object, room: RequestRoom): void {
  const emit = findMethod(emitter, "emit");
  if (emit === undefined) return;
  shadowMethod(emitter, "emit", function (this: unknown, ...args: unknown[]) {
    if (context.active().getValue(ROOM_KEY) === room) return Reflect.apply(emit, this, args);
    return context.with(room.current, () => Reflect.apply(emit, this, args));
  });
}
