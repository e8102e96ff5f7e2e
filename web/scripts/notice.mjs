// Said before every build: whose licence the two Stream packages come under.
console.log(
  "The web app uses stream-chat and stream-chat-react under Stream's Source Code License Agreement: whoever builds it needs their own agreement with Stream (getstream.io).",
);
