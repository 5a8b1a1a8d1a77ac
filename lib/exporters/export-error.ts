/**
 * This error says in one sentence why a batch did not arrive: what was answered or what failed, by whom (origin and
 * path only, never a key), and what to change where that is known. Code `SPANDREL_EXPORT_FAILED`. It is not thrown:
 * exporters hand it to their processor. The message may quote the server, which may repeat what it was sent.
 */
export class ExportError extends Error {
  readonly code = "SPANDREL_EXPORT_FAILED";
  /** Of the HTTP answer; undefined where there was none. */
  readonly status: number | undefined;

  constructor(message: string, options: { readonly status?: number; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ExportError";
    this.status = options.status;
  }
}
