import { isatty } from "node:tty";
import { packageVersion } from "../config/package-root.ts";
import { operatorEnvironment } from "../config/sources/surroundings.ts";
import { InternalError } from "../errors.ts";
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
for (const stream of [stdout, stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
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
  await end(await reportError(error, { words, flags: guessGlobalFlags(words), host }));
}

async function end(status: number): Promise<never> {
  for (const stream of [stdout, stderr]) await written(stream);
  releaseHungUpTerminal([input, stdout, stderr]);
  process.exit(status);
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
