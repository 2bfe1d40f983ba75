import { parsePublicRange } from "../../domain/ip.ts";
import { LaunchError } from "../../errors.ts";
import * as shape from "./shape/shape.ts";

const witness = shape
  .string()
  .refine(isHttpUrl, "is not an http(s) URL")
  .refine(
    (text) => !/[,;|\s]https?:\/\//i.test(text),
    "is more than one URL; write each as an entry of its own",
  )
  .refine(
    (text) => !hasLogin(text),
    "holds a user or a password; a witness is asked without, and its URL is shown in events",
  );
// A witness that is asked twice is still one: no proof would ever come of it.
const witnesses = shape
  .list(witness)
  .min(2)
  .superRefine((urls, context) => {
    for (const [index, url] of urls.entries()) {
      const first = urls.findIndex((each) => plainUrl(each) === plainUrl(url));
      if (first < index)
        context.addIssue({
          code: "custom",
          message: `is the same as entry ${first}; write another witness`,
          path: [index],
        });
    }
  });
const publicRange = shape.string().superRefine((text, context) => {
  const problem = rangeProblem(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

/** `network:` of launch.yaml: what is asked for addresses, and what this host may reach. */
export const networkSchema = shape.map({
  witnesses: witnesses.optional().describe("URLs that answer with the caller's address; at least two."),
  direct: shape
    .union([shape.oneOf(["on", "off"]), shape.boolean()])
    .optional()
    .describe("off on a host whose firewall allows connections only to proxies."),
  probes: shape
    .union([shape.oneOf(["on", "off"]), shape.boolean()])
    .optional()
    .describe("off: standbys and venues are not probed in the background."),
  host_key: shape
    .string()
    .regex(/^[A-Za-z0-9_.:-]{1,64}$/)
    .optional()
    .describe("A name for this host and its network, for containers that share machine and boot ids."),
  public_ranges: shape
    .list(publicRange)
    .optional()
    .describe("Private ranges that are accepted as exits, for a lab."),
});

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function hasLogin(text: string): boolean {
  if (!isHttpUrl(text)) return false;
  const { username, password } = new URL(text);
  return username !== "" || password !== "";
}

function plainUrl(text: string): string {
  return URL.canParse(text) ? new URL(text).href : text;
}

function rangeProblem(text: string): string | undefined {
  try {
    parsePublicRange(text);
    return undefined;
  } catch (error) {
    if (error instanceof LaunchError) return "is not a network such as 127.0.0.0/8";
    throw error;
  }
}
