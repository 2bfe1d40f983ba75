import { isatty } from "node:tty";
import { packageVersion } from "../config/package-root.ts";
import { operatorEnvironment } from "../config/sources/surroundings.ts";
import { InternalError, LaunchError } from "../errors.ts";
import { reportError } from "./error-report.ts";
import { closeInherited } from "./inherited-descriptors.ts";
import { closeMemory } from "./own-memory.ts";
import { guessGlobalFlags } from "./parse/global-flags.ts";
import { runProgram } from "./program.ts";
import { programName, spelledAs, workingFolder } from "./program-name.ts";
import { releaseHungUpTerminal } from "./terminal/hung-up.ts";

/** How long the last lines may wait for a terminal. */
const stoppedTerminalMs = 2_000;

closeMemory();
closeInherited();
const words = process.argv.slice(2);
const { stdout, stderr, platform } = process;
const env = operatorEnvironment();
const spelled = spelledAs(programName({ script: process.argv[1] ?? "launch", env, cwd: workingFolder() }));
const input = { fd: 0, isTTY: isatty(0) };
const host = {
  // Few commands read it, and to open it takes milliseconds.
  get stdin() {
    return process.stdin;
  },
  isInputTerminal: input.isTTY,
  stdout,
  stderr,
  platform,
  env,
  spelled,
  version: packageVersion(),
};

// `launch ps | head -1` closes our stdout early, a closed terminal takes it away: there is nobody left to complain to.
// Anything else (a full disk) is told, and nobody may take what was written for the whole.
let lost: Promise<number> | undefined;
for (const stream of [stdout, stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "EIO") return;
    lost ??= report(
      new LaunchError("LAUNCH_HOST_LIMIT", `The output could not be written whole (${error.code}).`, {
        hint: "Look with `df -h` whether there is room where it goes, then type the command again.",
        cause: error,
      }),
    );
    void end(0);
  });
}
process.on("uncaughtException", (error) => void endWith(error));
process.on("unhandledRejection", (error) => void endWith(error));
// Waiting for something that can never come lets Node end by itself with 0: that must not look like success.
process.once(
  "beforeExit",
  () =>
    void endWith(new InternalError("nothing-left-to-wait-for", "The command ended before it was finished")),
);

void runProgram(words, host).then(end);

async function endWith(error: unknown): Promise<void> {
  await end(await report(error));
}

function report(error: unknown): Promise<number> {
  return reportError(error, { words, flags: guessGlobalFlags(words), host });
}

async function end(status: number): Promise<never> {
  for (const stream of [stdout, stderr]) await written(stream);
  // What a file did not take is told a moment later.
  await new Promise((resolve) => void setImmediate(resolve));
  const told = status === 0 ? await lost : undefined;
  releaseHungUpTerminal([input, stdout, stderr]);
  process.exit(told ?? status);
}

// On Linux a pipe takes everything before write() comes back; on macOS process.exit would drop what is still to be written.
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.write("", () => resolve());
    // A terminal that was stopped by Ctrl-S must not keep a command that is over.
    if (stream.isTTY) setTimeout(resolve, stoppedTerminalMs);
  });
}
