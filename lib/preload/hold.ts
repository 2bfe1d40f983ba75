// The preload of a program that has no other of ours, where it is started ahead: it waits for the launcher, and leaves no trace of
// that in the environment. In a worker of the program there is nothing to wait for.
import { holdVariable } from "../protocol/environment.ts";
import { waitForLauncher } from "./hold/wait-for-launcher.ts";

if (holdVariable in process.env) {
  waitForLauncher(process.env);
  delete process.env["NODE_OPTIONS"];
}
