import nlp from "compromise";
import { findPeople } from "./people.js";
import { capitalise, sentencesOf, trimEnd } from "./passage.js";

const AHEAD = /\b(?:will|shall|should|must|needs? to|has to|have to|is going to|is to|plans? to|wants? to)\s+(.+)/is;
const UNDER_WAY = /\b(?:is|are)\s+(?:still\s+)?(?:blocked|waiting|stuck|working)\s+(?:on|by|for|with)\s+(.+)/is;

/** What somebody is to do, or has done, in a sentence: "Maya will send the list" is "Send the list". */
export function readTasks(text: string): string[] {
  const [{ text: sentence } = { text: "" }] = sentencesOf(text);
  const task = AHEAD.exec(sentence)?.[1] ?? UNDER_WAY.exec(sentence)?.[1] ?? predicateOf(sentence);
  return task.trim() === "" ? [] : [capitalise(trimEnd(task))];
}

/** The sentence without its person, its verb as an instruction has it. */
function predicateOf(text: string): string {
  const [person] = findPeople(text);
  const rest = person?.start === 0 ? text.slice(person.end) : text;
  const doc = nlp(rest.replace(/^\s*(?:has|have) (?:already )?/, ""));
  doc.verbs().toInfinitive();
  return doc.text();
}
