import { generateFlags } from "./generate-flags.ts";

/** What the generators for engines of containers have in common. */
export const containerFlags = {
  out: {
    kind: "text",
    value: "folder",
    help: "The folder to write to; without it, the text goes to stdout.",
  },
  tier: {
    kind: "choice",
    choices: ["preload", "kernel"],
    help: "Preload is for Node bots, under the engine's usual restrictions (default); kernel is for any program, and bots get networks of their own.",
  },
  ...generateFlags,
} as const;

/** The image of an engine that pulls one. */
export const imageFlag = {
  image: {
    kind: "text",
    value: "image",
    help: "The image that has Slipway and your bots (launch generate docker).",
    required: true,
  },
} as const;
