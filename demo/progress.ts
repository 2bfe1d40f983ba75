import ora from "ora";

/** Tells each step of the demo while it runs and how long it took. */
export interface Steps {
  readonly step: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  readonly show: (text: string) => void;
}

/** On a terminal with a spinner, elsewhere one line a step; everything on stdout is the demo's own. */
export function openSteps(): Steps {
  let count = 0;
  return {
    async step(title, work) {
      const startedAt = performance.now();
      const name = `${String(++count).padStart(2)}. ${title}`;
      const spinner = process.stderr.isTTY ? ora({ text: name }).start() : undefined;
      try {
        const result = await work();
        spinner?.stop();
        console.log(`${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
        return result;
      } catch (error) {
        spinner?.stop();
        console.log(`${name}: FAILED`);
        throw error;
      }
    },
    show(text) {
      console.log(text.replaceAll(/^/gm, "      "));
    },
  };
}
