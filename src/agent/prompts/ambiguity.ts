export const ambiguity = `Task: judge how clear this issue is to somebody who has to implement it with nobody to ask. Change nothing.

{{issue}}

{{project}}

{{material}}

Score from 0 to 100:
- 0 to 20: one sensible reading; an expert would start right away. Small choices that the code base already answers belong here.
- 21 to 60: details are open, but every sensible choice would be accepted or is easily changed later.
- 61 to 90: readings differ in what a user would see, in data or interfaces, and the wrong one would be rejected.
- 91 to 100: several changes in one, or the goal itself is not to be told.
Look into the code before you call something unclear: much of what an issue leaves out stands there. Answers that were given already count; do not ask again.

Submit the score and its reasons. Where the score is above 20, add 2 to 5 questions whose answers would change the work, the most important first (whether they are asked is decided elsewhere); each can be answered alone, by picking one of its choices, and the first choice is the one you would take. Where the issue is several changes in one, propose a split into issues that each stand alone.`;
