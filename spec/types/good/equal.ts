/** `true` when the two types are the very same one, `any` told from everything else. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`: `holds<Equal<typeof value, string>>()`. */
export function holds<_Fact extends true>(): void {}
