// The least that a launcher written in Node does: start a Node, hand its output on, end it and end with it.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("first-line.mjs", import.meta.url));
const child = spawn(process.execPath, [program], { stdio: ["ignore", "inherit", "inherit"] });
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("exit", (status) => process.exit(status ?? 1));
