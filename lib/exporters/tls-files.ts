import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { InvalidOptionError } from "../errors.js";
import { readVariable, type Environment } from "../internal/index.js";

/** Contents of PEM files, under the names of `node:tls`. */
export interface TlsFiles {
  /** Who may have signed the server's certificate, in place of the system's authorities. */
  readonly ca?: Buffer;
  readonly key?: Buffer;
  readonly cert?: Buffer;
}

/**
 * This reads the files that OpenTelemetry's variables `…CERTIFICATE`, `…CLIENT_KEY` and `…CLIENT_CERTIFICATE` name.
 * Throws `InvalidOptionError` for one that cannot be read or used; nothing of its content is shown.
 */
export function readTlsFiles(env: Environment): TlsFiles {
  return {
    ...readPem(env, "CERTIFICATE", "certificate", (ca) => {
      // `createSecureContext` takes anything for an authority.
      new X509Certificate(ca);
      return { ca };
    }),
    ...readPem(env, "CLIENT_KEY", "private key", (key) => ({ key })),
    ...readPem(env, "CLIENT_CERTIFICATE", "certificate", (cert) => ({ cert })),
  };
}

function readPem(env: Environment, name: string, content: string, toFile: (pem: Buffer) => TlsFiles): TlsFiles {
  const variable = readVariable(env, [`OTEL_EXPORTER_OTLP_TRACES_${name}`, `OTEL_EXPORTER_OTLP_${name}`]);
  if (variable === undefined) return {};
  try {
    const file = toFile(readFileSync(variable.value));
    createSecureContext(file);
    return file;
  } catch {
    throw new InvalidOptionError(variable.name, `the path of a PEM file with a ${content}`, variable.value);
  }
}
