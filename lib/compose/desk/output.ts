export { passThrough } from "../../adapters/spawner/pass-through.ts";
export type { OutputSink } from "../../ports/spawner.ts";
