import nlp from "compromise";
import type { Classification, Topic } from "./classify.js";
import { phrases } from "./phrases.js";
import type { Facts } from "./read-facts.js";

export interface OrderState {
  readonly number: string;
  /** Absent when the order is not known. */
  readonly item?: string;
  readonly status?: string;
  readonly due?: string;
}

export interface ReplyBrief {
  readonly message: string;
  readonly classification: Classification;
  readonly facts: Facts;
  readonly orders: readonly OrderState[];
}

/** Writes a reply out of sentences that fit the topic, with the names, sums and dates of the message in them. */
export function writeReply(brief: ReplyBrief): string {
  const { facts, classification, orders, message } = brief;
  const firstName = facts.people[0]?.split(" ")[0];
  const [question] = phrases(nlp(message).questions());
  const sentences = [
    OPENINGS[classification.topic](facts),
    ...orders.map(describeOrder),
    ...(orders.length === 0 && question ? [`A colleague will answer you soon on "${question.trim()}"`] : []),
    ...(classification.urgency === "high" ? ["Your message is marked as urgent; we will write again today."] : []),
  ];
  return `Hello${firstName ? ` ${firstName}` : ""},\n\n${sentences.join(" ")}\n\nKind regards,\nThe support desk`;
}

const OPENINGS: Readonly<Record<Topic, (facts: Facts) => string>> = {
  outage: ({ organisations, dates }) =>
    `I am sorry about the outage${list(" at ", organisations)}; our engineers have your report${list(" (", dates, ")")}.`,
  billing: ({ amounts, dates }) =>
    `I have passed the charge${list(" of ", amounts)}${list(" (", dates, ")")} to billing for a refund.`,
  damage: ({ organisations }) => `I am sorry that something arrived damaged${list(" at ", organisations)}.`,
  delivery: ({ organisations }) => `Thank you for asking about your delivery${list(" to ", organisations)}.`,
  account: ({ emails }) =>
    emails.length > 0
      ? `We will change the address of your account${list(" to ", emails)} once you confirm the link we sent there.`
      : "We will look into your account.",
  other: ({ counts, places }) => `Thank you for your message${list(" about ", counts)}${list(" for ", places)}.`,
};

function describeOrder({ number, item, status, due }: OrderState): string {
  if (item === undefined) return `I could not find order ${number}; please check the number in your confirmation.`;
  return `Order ${number} (${item}) is ${status}${due ? `, due ${due}` : ""}.`;
}

/** `list(" (", ["a", "b"], ")")` is " (a and b)"; of an empty list it is nothing. */
function list(before: string, values: readonly string[], after = ""): string {
  if (values.length === 0) return "";
  return before + [values.slice(0, -1).join(", "), ...values.slice(-1)].filter(Boolean).join(" and ") + after;
}
