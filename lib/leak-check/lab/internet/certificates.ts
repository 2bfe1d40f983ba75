import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import { certificateFiles, signWords } from "../site/lab-certificate.ts";

/** What a TLS server takes: the certificate of the lab's own names, and one for any other name that is asked for. */
export interface Certificates {
  readonly cert: string;
  readonly key: string;
  readonly SNICallback: (name: string, done: (error: Error | null, context?: SecureContext) => void) => void;
}

/** Reads the files that `makeLabCertificate` wrote, and signs certificates of other names with them on demand. */
export function openCertificates(folder: string): Certificates {
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const [cert, key] = [read(certificateFiles.certificate), read(certificateFiles.key)];
  const own = createSecureContext({ cert, key });
  const known = new Map<string, Promise<SecureContext>>();
  return {
    cert,
    key,
    SNICallback(name, done) {
      // A program of anybody's asks for the names of its own venues; what is no plain name gets the lab's own certificate.
      const isOther = /^[a-z0-9][a-z0-9.-]*\.[a-z0-9-]+$/i.test(name) && !/(^|\.)venue\.test$/.test(name);
      if (isOther && !known.has(name)) known.set(name, contextOf(name, key, folder));
      (known.get(name) ?? Promise.resolve(own)).then(
        (context) => done(null, context),
        () => done(null, own),
      );
    },
  };
}

let serial = 1;

async function contextOf(name: string, key: string, folder: string): Promise<SecureContext> {
  serial += 1;
  const extensions = join(folder, `name-${serial}.cnf`);
  writeFileSync(extensions, `subjectAltName=DNS:${name}\n`);
  const [file = "", ...args] = signWords(folder, { extensions, serial });
  const { execa } = await import("execa");
  const { stdout } = await execa(file, args, { timeout: 10_000 });
  return createSecureContext({ cert: stdout, key });
}
