/** A line on the terminal that says what is being done. */
export interface Progress {
  update(text: string): void;
  /** Takes the line away. */
  done(): void;
}

const silent: Progress = { update: () => undefined, done: () => undefined };

/** A spinner on the given terminal, or nothing at all without one. */
export async function openProgress(
  text: string,
  terminal: NodeJS.WriteStream | undefined,
): Promise<Progress> {
  // Where a terminal says that it has no columns, ora takes its line for endless and never comes back.
  if (terminal === undefined || terminal.columns === 0) return silent;
  const { default: ora } = await import("ora");
  // discardStdin would put the terminal into raw mode, and Ctrl-C would no longer be a signal.
  const spinner = ora({ text, stream: terminal, discardStdin: false }).start();
  return {
    update(next) {
      spinner.text = next;
    },
    done: () => void spinner.stop(),
  };
}
