import { useState } from "react";
import type { Channel } from "stream-chat";
import { problemOf } from "../client/problem";
import { Alert } from "../ui/Alert";
import { LevelField } from "./LevelField";
import { type Level, levelOf } from "./level";

/** Of what in one conversation one is notified, where that differs from the rest. */
export function ChannelLevel({ channel }: { channel: Channel }) {
  const [level, setLevel] = useState(() => levelOf(channel.push_preferences?.chat_level));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const change = async (next: Level | undefined) => {
    const before = level;
    setLevel(next);
    setBusy(true);
    setProblem(undefined);
    try {
      const chat_level = next ?? "default";
      await channel.getClient().setPushPreferences([{ channel_cid: channel.cid, chat_level }]);
      channel.push_preferences = { ...channel.push_preferences, chat_level };
    } catch (error) {
      setLevel(before);
      setProblem(problemOf(error).message);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="channel-level">
      <LevelField
        label="Notify me of"
        level={level}
        undecided="As in my settings"
        busy={busy}
        onChange={(next) => void change(next)}
      />
      <Alert>{problem}</Alert>
    </div>
  );
}
