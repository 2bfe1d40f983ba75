import ora, { type Ora } from "ora";

/** Tells each step of the demo while it runs and how long it took. */
export interface Steps {
  readonly step: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  /** What a step has found, printed below its title. */
  readonly show: (text: string) => void;
  /** No step says anything any more. */
  readonly hush: () => void;
}

/** On a terminal with a spinner, elsewhere one line a step; everything on stdout is the demo's own. */
export function openSteps(): Steps {
  let count = 0;
  let isHushed = false;
  let found: string[] = [];
  let spinner: Ora | undefined;
  const print = (text: string) => {
    if (!isHushed) console.log(text);
  };
  return {
    async step(title, work) {
      const startedAt = performance.now();
      const name = `${String(++count).padStart(2)}. ${title}`;
      // Where a terminal says that it has no columns, a spinner's line would be endless to ora.
      const isShown = process.stderr.isTTY && process.stderr.columns > 0 && !isHushed;
      // discardStdin would put the terminal into raw mode, and Ctrl-C would no longer be a signal.
      spinner = isShown ? ora({ text: name, discardStdin: false }).start() : undefined;
      try {
        const result = await work();
        spinner?.stop();
        print(`${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
        return result;
      } catch (error) {
        spinner?.stop();
        print(`${name}: FAILED`);
        throw error;
      } finally {
        for (const text of found) print(text.replaceAll(/^/gm, "      "));
        found = [];
      }
    },
    show: (text) => void found.push(text),
    hush() {
      isHushed = true;
      spinner?.stop();
    },
  };
}
