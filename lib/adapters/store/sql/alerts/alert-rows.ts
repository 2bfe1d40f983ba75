import type {
  Alert,
  AlertContent,
  AlertEvent,
  AlertId,
  AlertMessage,
  MessageKind,
} from "../../../../domain/alerts/alert.ts";
import type { ClaimedMessage, StoredMessage } from "../../../../ports/alerts/alert-store.ts";
import { asColumns } from "../change.ts";
import {
  booleanAt,
  instantAt,
  numberAt,
  optionalInstantAt,
  optionalTextAt,
  rowAt,
  textAt,
} from "../decode.ts";
import type { Row } from "../session.ts";

/** Reads a row of `alerts`. */
export function decodeAlert(row: Row): Alert {
  const body = rowAt(row, "body") as unknown as Omit<Alert, "id" | "cause" | "openedAt" | "overAt">;
  return {
    topics: body.topics,
    hitAt: body.hitAt,
    urgentAt: body.urgentAt,
    isMoment: body.isMoment,
    outage: body.outage,
    returns: body.returns,
    members: body.members,
    id: textAt(row, "id") as AlertId,
    cause: textAt(row, "cause"),
    openedAt: instantAt(row, "opened_at"),
    overAt: optionalInstantAt(row, "over_at"),
  };
}

/** A row of `alerts`. */
export function alertRow({ id, cause, openedAt, overAt, ...body }: Alert): Row {
  return asColumns({ id, cause, openedAt, overAt, body });
}

/** Reads a row of `alert_messages`. */
function decodeMessage(row: Row): AlertMessage {
  return {
    id: textAt(row, "id"),
    alertId: textAt(row, "alert_id") as AlertId,
    channel: textAt(row, "channel"),
    step: numberAt(row, "step"),
    kind: textAt(row, "kind") as MessageKind,
    content: rowAt(row, "content") as unknown as AlertContent,
    madeAt: instantAt(row, "made_at"),
  };
}

/** The same with whether anything of it was sent. */
export function decodeStored(row: Row): StoredMessage {
  const isUntouched = textAt(row, "state") === "waiting" && numberAt(row, "attempts") === 0;
  return { ...decodeMessage(row), isUntouched };
}

/** The same of a message that was claimed. */
export function decodeClaimed(row: Row): ClaimedMessage {
  return {
    ...decodeMessage(row),
    ageMs: numberAt(row, "age_ms"),
    attempts: numberAt(row, "attempts"),
    mayHaveArrived: booleanAt(row, "may_have_arrived"),
    receipt: optionalTextAt(row, "last_receipt"),
  };
}

/** Reads an event from `alert_inbox`, with the names of its subjects. */
export function decodeEvent(row: Row): AlertEvent {
  const event = rowAt(row, "event");
  return {
    id: numberAt(event, "id"),
    at: instantAt(event, "at"),
    kind: textAt(event, "kind"),
    severity: textAt(event, "severity") as AlertEvent["severity"],
    host: textAt(event, "host"),
    message: textAt(event, "message"),
    unit: optionalTextAt(row, "unit") ?? optionalTextAt(event, "account"),
    proxyLabel: optionalTextAt(row, "label"),
    vendor: optionalTextAt(row, "provider"),
    evidence: event["evidence"] === null ? {} : rowAt(event, "evidence"),
  };
}
