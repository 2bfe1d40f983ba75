import { isJsonObject, type JsonObject } from "../../domain/text/json-object.ts";
import { instant } from "../../domain/time.ts";
import { type AnswerHeader, answerHeaders, type VenueAnswer } from "../../domain/verdict/venue-answer.ts";
import { mostAnswers } from "../../protocol/bot-frames.ts";
import { isCount, isText } from "./fields.ts";

/** A date of JavaScript ends here (ECMA-262, Time Values). */
const lastInstantMs = 8.64e15;
/** A longer value of a header says nothing that a classifier could use. */
const mostHeaderCharacters = 256;
const mostTimes = 1_000_000;
// Names, IPv4 addresses, and IPv6 ones without brackets.
const hostName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_.:-]*[a-z0-9_:.])?$/;

/** The answers that a frame tells; undefined when one of them has a wrong shape or there are too many. Headers that are not told by agreement are left out. */
export function readAnswers({ items }: JsonObject): readonly VenueAnswer[] | undefined {
  if (!Array.isArray(items) || items.length > mostAnswers) return undefined;
  const answers = items.map(readAnswer);
  return answers.every((answer) => answer !== undefined) ? answers : undefined;
}

function readAnswer(item: unknown): VenueAnswer | undefined {
  if (!isJsonObject(item)) return undefined;
  const { host, status, at, signed, n, headers } = item;
  const isWhole =
    isText(host) &&
    hostName.test(host) &&
    isCount(status, 599) &&
    status >= 100 &&
    isCount(at, lastInstantMs) &&
    typeof signed === "boolean" &&
    isCount(n, mostTimes) &&
    n > 0 &&
    isJsonObject(headers);
  if (!isWhole) return undefined;
  return {
    host,
    status,
    headers: readHeaders(headers),
    body: undefined,
    isSigned: signed,
    times: n,
    at: instant(at),
  };
}

function readHeaders(headers: JsonObject): VenueAnswer["headers"] {
  const kept: Partial<Record<AnswerHeader, string>> = {};
  for (const name of answerHeaders) {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (isText(value) && value.length <= mostHeaderCharacters && !/\p{C}/u.test(value)) kept[name] = value;
  }
  return kept;
}
