/** The page talks to the host it came from and to no other. */
export const origin = window.location.origin;

export const appName = "Weir";

/** Width from which list and conversation stand side by side; styles/layout.css holds the same number. */
export const wideScreen = "(min-width: 768px)";

/** How long a person may pause while typing before we search. */
export const searchPause = 250;

/** The most people one list asks for (the server's page limit). */
export const peoplePage = 100;

/** The most reminders one page holds (the server's page limit). */
export const reminderPage = 100;

/** The most drafts one page holds (the server's page limit). */
export const draftPage = 100;

/** How much of each kind one search shows at first. */
export const searchPage = { people: 5, channels: 5, messages: 20 };

export const limits = { name: 100, email: 254, passwordMin: 8, passwordMax: 200, channelName: 100 };
