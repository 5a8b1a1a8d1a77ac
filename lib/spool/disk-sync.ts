import { contain } from "../internal/index.js";
import type { SpoolFileSystem } from "./file-system.js";

/**
 * This syncs the files that were written to the device, together and once per interval at most, off the caller's
 * thread. It closes the files that are done with: a descriptor must not be given away while it is being synced.
 */
export class DiskSync {
  readonly #fs: SpoolFileSystem;
  readonly #everyMillis: number | undefined;
  readonly #dirty = new Set<number>();
  readonly #syncing = new Set<number>();
  readonly #retired = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  /** @param everyMillis undefined: nothing is ever synced. */
  constructor(fs: SpoolFileSystem, everyMillis: number | undefined) {
    this.#fs = fs;
    this.#everyMillis = everyMillis;
  }

  /** Without the folder's own sync a power cut can lose the name of a file whose content was synced. */
  syncFolder(folder: string): void {
    if (this.#everyMillis === undefined) return;
    let descriptor: number | undefined;
    try {
      descriptor = this.#fs.openSync(folder, "r");
      this.#fs.fsyncSync(descriptor);
    } catch {
      // Not every platform syncs folders; the file's own sync still reports its failures.
    } finally {
      if (descriptor !== undefined) this.#close(descriptor);
    }
  }

  wrote(descriptor: number): void {
    if (this.#everyMillis === undefined) return;
    this.#dirty.add(descriptor);
    this.#timer ??= setTimeout(() => {
      this.flush().catch((error: unknown) => contain("SPANDREL_SPOOL_SYNC", "syncing the spool", error));
    }, this.#everyMillis).unref();
  }

  /** Closes the file, after its sync where one is due. */
  retire(descriptor: number): void {
    if (this.#dirty.has(descriptor) || this.#syncing.has(descriptor)) this.#retired.add(descriptor);
    else this.#close(descriptor);
  }

  /** Rejects with what the operating system said; what was not synced then is tried again. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // A sync that runs already may have begun before the last write.
    const sync = this.#last.then(() => this.#syncAll());
    this.#last = sync.catch(() => {});
    return sync;
  }

  /** Syncs at once, and closes what was retired. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const descriptor of [...this.#dirty, ...this.#syncing]) {
      try {
        this.#fs.fdatasyncSync(descriptor);
      } catch (error) {
        contain("SPANDREL_SPOOL_SYNC", "syncing the spool", error);
      }
    }
    this.#dirty.clear();
    this.#closeRetired();
  }

  async #syncAll(): Promise<void> {
    const descriptors = [...this.#dirty];
    this.#dirty.clear();
    const results = await Promise.allSettled(descriptors.map((descriptor) => this.#sync(descriptor)));
    this.#closeRetired();
    const failure = results.find((result) => result.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  }

  #sync(descriptor: number): Promise<void> {
    this.#syncing.add(descriptor);
    return new Promise((resolve, reject) => {
      const done = (error: Error | null): void => {
        this.#syncing.delete(descriptor);
        if (error !== null) {
          // A file that is done with is not kept open for a device that is broken.
          if (!this.#retired.has(descriptor)) this.wrote(descriptor);
          reject(error);
        } else resolve();
      };
      this.#fs.fdatasync(descriptor, done);
    });
  }

  #closeRetired(): void {
    for (const descriptor of this.#retired) {
      if (this.#dirty.has(descriptor) || this.#syncing.has(descriptor)) continue;
      this.#retired.delete(descriptor);
      this.#close(descriptor);
    }
  }

  #close(descriptor: number): void {
    try {
      this.#fs.closeSync(descriptor);
    } catch (error) {
      contain("SPANDREL_SPOOL_CLOSE", "closing a file of the spool", error);
    }
  }
}
