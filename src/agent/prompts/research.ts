export const research = `Task: find out what somebody must know before this issue can be planned. Change nothing.

{{issue}}

{{project}}

{{material}}

Look for:
- the code that the issue is about, and what calls it and depends on it;
- how this project does such things already: patterns, helpers, error handling, tests to follow;
- anything unfamiliar that the issue names: a library, a format, a protocol, a domain term. Say what the repository itself shows of it; where it shows nothing, say that it is not known from here;
- traps: public interfaces, stored data, generated files, other users of the same code.

Submit a few findings that would change how the work is done, the most important first. Each says one thing, is checkable, and names its sources as paths in the repository (\`path:line\` where it helps). No finding is better than a guess.`;
