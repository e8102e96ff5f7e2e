const paths = {
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16.2 16.2L20 20",
  check: "M5 12.5l4.5 4.5L19 7.5",
  chats:
    "M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5z",
  people:
    "M9 11a3.25 3.25 0 1 0 0-6.5A3.25 3.25 0 0 0 9 11zM3 19c.6-3.2 2.9-5 6-5s5.4 1.8 6 5M15.5 4.8a3.25 3.25 0 0 1 0 5.9M17.5 14.4c1.9.7 3.1 2.3 3.5 4.6",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2z",
  screen: "M4 5h16v11H4zM9 20h6M12 16v4",
  signOut:
    "M14 5H6.5A1.5 1.5 0 0 0 5 6.5v11A1.5 1.5 0 0 0 6.5 19H14M11 12h9M17 8.5l3.5 3.5-3.5 3.5",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z",
  offline:
    "M4 4l16 16M7 16.5a5 5 0 0 1 10 0M3.5 10.5a12 12 0 0 1 4-2.6M20.5 10.5a12 12 0 0 0-9-3.4",
  thread: "M5 5h14v10H11l-4 3.5V15H5zM8.5 8.5h7M8.5 11.5h4.5",
  bookmark: "M7 4h10v16l-5-4-5 4z",
  bell: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4",
  bellOff: "M4 4l16 16M8.2 6.3A6 6 0 0 1 18 11v4.2M6 9.6v6.9L4.5 18H17M10 20.5h4",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.5l3 1.8",
  pin: "M9 4h6l-.7 6 2.7 3.2H7L9.7 10zM12 13.5V20",
  archive: "M4 5h16v4H4zM5.5 9v10h13V9M10 12.5h4",
  place:
    "M12 20.5s-6.5-5.6-6.5-10.6a6.5 6.5 0 0 1 13 0c0 5-6.5 10.6-6.5 10.6zM12 7.5a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8z",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  block: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM6.4 6.4l11.2 11.2",
  stop: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM9.5 9.5h5v5h-5z",
  mute: "M5 9.5v5h3.5L13 18.5v-13L8.5 9.5zM16.5 9.5l4 5M20.5 9.5l-4 5",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1.2 1.2M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2",
  image: "M4 5h16v14H4zM4 16l4.5-4.5L13 16M12 15l3-3 5 5M15.5 9a1 1 0 1 0 0-.01",
};

export type IconName = keyof typeof paths;

/** A line drawing beside words, or inside a button that has a name; never the name itself. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
