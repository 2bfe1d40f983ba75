/**
 * `launch --version` and `launch --help`, answered without the rest of the program, which takes longer to load than Node takes to start.
 * bin/load-program.js comes here when that is all that was typed.
 */
import { fstatSync, writeSync } from "node:fs";
import { packageVersion } from "../../config/package-root.ts";
import { operatorEnvironment } from "../../config/sources/surroundings.ts";
import { programName, spelledAs, workingFolder } from "../program-name.ts";
import { overviewText, widestHelp } from "./overview.ts";

const [, script = "launch", question] = process.argv;
say(question === "--version" || question === "-V" ? `${packageVersion()}\n` : help());

function help(): string {
  const env = operatorEnvironment();
  const spelled = spelledAs(programName({ script, env, cwd: workingFolder() }));
  // Only a terminal has columns, and to ask one loads more than all of this.
  const columns = isDevice() ? process.stdout.columns : undefined;
  return overviewText({ width: Math.min(columns || 80, widestHelp), spelled });
}

function isDevice(): boolean {
  try {
    return fstatSync(1).isCharacterDevice();
  } catch {
    return false;
  }
}

function say(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(1, bytes, written);
  } catch (error) {
    // A pipe that is full for now takes the rest later. Any other is closed, or has no room: there is nobody to tell.
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") process.stdout.write(bytes.subarray(written));
  }
}
