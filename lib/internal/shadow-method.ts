/**
 * This lays a method over an object's own or inherited one, as a property that enumeration does not show. False when
 * the object does not allow it (frozen, sealed, or a fixed property), in which case nothing has changed.
 */
export function shadowMethod(target: object, key: string | symbol, method: (...args: never[]) => unknown): boolean {
  const existing = Object.getOwnPropertyDescriptor(target, key);
  return Reflect.defineProperty(target, key, {
    value: method,
    writable: true,
    configurable: true,
    enumerable: existing?.enumerable ?? false,
  });
}
