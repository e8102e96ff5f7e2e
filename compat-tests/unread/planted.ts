// Servers that are wrong in one thing each: the model told differently. Each must be found by its numbers.
import type { Act } from './acts';
import { Model, type Message } from './model';

export const planted: Record<string, typeof Model> = {
  'silent messages count': class extends Model {
    override counts(user: string, message: Message) {
      return super.counts(user, { ...message, silent: false });
    }
  },
  'shadowed and restricted messages count': class extends Model {
    override counts(user: string, message: Message) {
      const { seenBy: _, ...open } = message;
      return super.counts(user, open);
    }
  },
  'own messages count': class extends Model {
    override counts(user: string, message: Message) {
      return super.counts(user, message.author === user ? { ...message, author: '' } : message);
    }
  },
  'a sent message does not read what was before it': class extends Model {
    override sends(act: Act) {
      const member = this.room(act.room).members.get(act.by)!;
      const { read } = member;
      super.sends(act);
      member.read = read;
    }
  },
  'plain replies count in the channel': class extends Model {
    override sends(act: Act) {
      super.sends({ ...act, shown: true });
    }
  },
  'replies count for nobody': class extends Model {
    override replied() {}
  },
  'people mentioned take no part in a thread': class extends Model {
    override replied(reply: Message) {
      super.replied(reply, []);
    }
  },
  'a mute means nothing': class extends Model {
    override mutes = () => new Set<string>();
  },
  'a muted channel stays in the totals': class extends Model {
    override roomMutes = () => new Set<string>();
  },
  'a block means nothing': class extends Model {
    override blocks = () => new Set<string>();
  },
  'soft deletion lowers': class extends Model {
    override deletes(label: string) {
      this.messages.delete(label);
    }
  },
  'hard deletion does not lower': class extends Model {
    override erases() {}
  },
  'a truncation leaves the count': class extends Model {
    override truncates() {}
  },
  'a cut leaves its threads': class extends Model {
    override truncates(room: string, before?: string) {
      const threads = new Map(this.threads);
      const messages = new Map(this.messages);
      super.truncates(room, before);
      for (const [parent, thread] of threads) {
        this.threads.set(parent, thread);
        this.messages.set(parent, { ...messages.get(parent)!, shown: false });
      }
    }
  },
  'reading up to a message reads all': class extends Model {
    override reads(user: string, room: string) {
      super.reads(user, room);
    }
  },
  'reading moves back': class extends Model {
    override reads(user: string, room: string, upTo?: string) {
      this.room(room).members.get(user)!.read = 0;
      super.reads(user, room, upTo);
    }
  },
  'the message marked unread is left out': class extends Model {
    override unreads(user: string, room: string, from: string) {
      super.unreads(user, room, from);
      this.room(room).members.get(user)!.read += 1;
    }
  },
  'all but one are marked read': class extends Model {
    override readsAll(user: string) {
      const [, ...rest] = [...this.rooms].filter(([name, room]) => room.members.has(user) && this.knowsReading(name));
      for (const [name] of rest) this.reads(user, name);
    }
  },
  'a thread that is read reads its channel': class extends Model {
    override readsThread(user: string, parent: string) {
      super.readsThread(user, parent);
      this.reads(user, this.messages.get(parent)!.room);
    }
  },
  'a thread cannot be marked unread': class extends Model {
    override unreadsThread() {}
  },
  'who comes has all to read': class extends Model {
    override joins(user: string, room: string, hideHistory: boolean) {
      super.joins(user, room, hideHistory);
      this.room(room).members.get(user)!.read = 0;
    }
  },
  'who leaves keeps their threads': class extends Model {
    override leaves(user: string, room: string) {
      this.room(room).members.delete(user);
    }
  },
  'clearing leaves the count': class extends Model {
    override clears() {}
  },
  'a livestream knows reading': class extends Model {
    override knowsReading() {
      return true;
    }
  },
};
