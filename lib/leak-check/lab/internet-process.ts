import { ProcessError } from "../../errors.ts";
import { startAnswering } from "./answering-process.ts";
import type { Arrival } from "./site/leak-lab.ts";
import { namespaceEnvironment } from "./site/namespace-holder.ts";

/** What the internet's process is told on its first line. */
export interface InternetSpec {
  readonly site: "namespace" | "loopback";
  /** The folder with the files of `makeLabCertificate`; undefined without them. */
  readonly certificates: string | undefined;
  readonly credential: { readonly user: string; readonly secret: string };
}

/** The targets and the proxy, in a process that never outlives whoever started it. Starts the words (they run the compiled internet.js) and waits until everything listens; throws ProcessError when it does not answer in time, now or later. */
export async function startInternet<Places>(words: readonly string[], spec: InternetSpec, answerMs = 15_000) {
  const internet = startAnswering(words, namespaceEnvironment, silentInternet);
  return {
    places: await internet.ask<Places>(spec, answerMs),
    arrivals: () => internet.ask<readonly Arrival[]>("arrivals", answerMs),
    close: () => internet.close(),
  };
}

function silentInternet(answerMs: number): ProcessError {
  const message = `The targets of the leak check ended, or did not answer within ${answerMs / 1000} s.`;
  return new ProcessError("LAUNCH_SPAWN_FAILED", message, {
    hint: "Run `launch doctor --leaks` again when the machine is less busy; their output is above.",
  });
}
