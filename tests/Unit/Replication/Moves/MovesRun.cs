using KafkaCompatBroker.Replication.Partitions;
using static KafkaCompatBroker.Tests.Unit.Replication.Moves.MovingBroker;

namespace KafkaCompatBroker.Tests.Unit.Replication.Moves;

/// <summary>
/// What a seed draws: a log is written, cut, shortened at its beginning and moved between three dirs, moves are held back and cancelled,
/// and the broker stops, is killed or loses power, also in the middle of a step of a move. After each event the log has exactly the records
/// that a model has; of those that were not made durable a power loss may take some from the end.
/// </summary>
internal sealed class MovesRun(int seed)
{
    private const int Events = 40, StepsToDeathMax = 60;

    private readonly Random random = new(seed);
    private readonly MovingBroker broker = new MovingBroker(seed).Lead();
    private readonly List<string> story = [];
    /// <summary>The values of the log, from its start on.</summary>
    private List<string> values = [];
    private long start;
    /// <summary>So many of the values are durable.</summary>
    private int durable;
    private int appended;

    public int MoveCount { get; private set; }
    public int DeathCount { get; private set; }
    public string Story => string.Join("; ", story);

    public void Run()
    {
        for (var number = 0; number < Events; number++)
        {
            var home = broker.Home;
            Draw();
            // The partition goes on with a copy a moment before the log dirs know.
            broker.World.RunUntilIdle();
            MoveCount += broker.Home == home ? 0 : 1;
            Assert.Equal(values, broker.Values());
        }
        broker.LetGo();
        broker.World.RunUntil(() => !broker.IsMoving);
        broker.World.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(values, broker.Values());
        Assert.Equal([$"{broker.Home}/{Name}"], broker.Folders());
        Assert.Empty(broker.World.Errors);
    }

    private void Draw()
    {
        switch (random.Next(16))
        {
            case < 5:
                Append(random.Next(1, 16));
                break;
            case 5:
                Tell("flush");
                broker.Flush();
                durable = values.Count;
                break;
            case < 9:
                Move(Dirs[random.Next(Dirs.Length)]);
                break;
            case 9:
                Tell("hold back");
                broker.HoldBack();
                break;
            case 10:
                Tell("let go");
                broker.LetGo();
                break;
            case 11:
                Pass();
                break;
            case 12:
                Cut();
                break;
            case 13:
                DeleteFirst();
                break;
            case 14:
                Die();
                break;
            default:
                DieOnTheWay();
                break;
        }
    }

    private void Append(int count)
    {
        Tell($"append {count}");
        broker.Append(count);
        values.AddRange(Numbered(appended + count).Skip(appended));
        appended += count;
    }

    private void Move(string path)
    {
        Tell($"move to {path}");
        Assert.Equal(KafkaError.None, broker.Alter(path));
        if (random.Next(2) == 0)
            Pass();
    }

    private void Pass()
    {
        var time = TimeSpan.FromMilliseconds(random.Next(1, 3000));
        Tell($"pass {time.TotalMilliseconds} ms");
        broker.World.Advance(time);
    }

    /// <summary>Another broker leads for a moment, and has less.</summary>
    private void Cut()
    {
        var count = random.Next(values.Count + 1);
        Tell($"cut to {start + count}");
        broker.Lead(leader: 2);
        broker.World.Await(broker.Partition.StepAsFollower(broker.LeaderEpoch, follower => follower.ReturnInto(start, start + count)));
        // As who fetches does before the log grows again.
        broker.LogDirs.WriteRecoveryPoints();
        values.RemoveRange(count, values.Count - count);
        durable = Math.Min(durable, count);
        if (random.Next(2) == 0)
            Pass();
        broker.Lead();
    }

    private void DeleteFirst()
    {
        var count = random.Next(values.Count + 1);
        Tell($"delete before {start + count}");
        broker.World.Await(broker.Partition.DeleteRecordsBefore(start + count, TimeSpan.FromSeconds(1)));
        values.RemoveRange(0, count);
        (start, durable) = (start + count, Math.Max(durable - count, 0));
    }

    private void Die()
    {
        var how = random.Next(3);
        Tell(how == 0 ? "stop" : how == 1 ? "kill" : "power loss");
        if (how == 0)
            Assert.True(broker.World.Await(broker.Replicas.Stop()));
        else if (how == 1)
            broker.Process.Kill();
        else
            broker.Process.LosePower();
        StartAgain();
    }

    private void DieOnTheWay()
    {
        var step = random.Next(1, StepsToDeathMax);
        broker.Process.CrashLosesPower = random.Next(2) == 0;
        Tell($"death in step {step}{(broker.Process.CrashLosesPower ? " by power loss" : "")}");
        broker.LetGo();
        broker.World.Disk.CrashIn(step);
        _ = broker.BeginAlter(Dirs[random.Next(Dirs.Length)]);
        broker.World.Advance(TimeSpan.FromSeconds(3));
        if (broker.Process.IsAlive)
            broker.Process.Kill();
        StartAgain();
    }

    private void StartAgain()
    {
        DeathCount++;
        broker.World.Disk.KillProcesses();
        broker.Start();
        broker.Lead();
        var left = broker.Values();
        var first = broker.PartitionLog!.LogStartOffset;
        // A start that was raised since the last checkpoint may be back where it was.
        Assert.InRange(first, 0, start);
        var kept = left.Skip((int)(start - first)).ToList();
        Assert.Equal(values.Take(kept.Count), kept);
        Assert.InRange(kept.Count, durable, values.Count);
        Tell($"has {kept.Count} of {values.Count}, {durable} durable");
        (values, durable, start) = (left, Math.Min(left.Count, durable + (int)(start - first)), first);
    }

    private void Tell(string what) => story.Add(what);
}
