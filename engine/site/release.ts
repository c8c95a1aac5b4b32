/** What is refused says since when: messages name the line of releases, not each of its corrections. */
export const release = "version 0.1";
