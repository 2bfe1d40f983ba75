// Reads what is added to a file, as soon as it is.
import { closeSync, openSync, readSync, watch } from "node:fs";

/** Tells each piece of text that is written to the file, which is made if need be; returns what ends that. */
export function tail(path, tell) {
  const file = openSync(path, "a+");
  const buffer = Buffer.alloc(65_536);
  let offset = 0;
  const read = () => {
    for (;;) {
      const count = readSync(file, buffer, 0, buffer.length, offset);
      if (count === 0) return;
      offset += count;
      tell(buffer.toString("utf8", 0, count));
    }
  };
  const watcher = watch(path, read);
  read();
  return () => {
    watcher.close();
    closeSync(file);
  };
}
