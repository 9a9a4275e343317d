using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Dirs;
using static KafkaCompatBroker.Tests.Unit.Replication.Moves.MovingBroker;

namespace KafkaCompatBroker.Tests.Unit.Replication.Moves;

public sealed class MoveWorkerTest
{
    [Fact]
    public void Log_is_in_the_other_dir_with_all_it_has_and_goes_on_there()
    {
        var broker = new MovingBroker().Lead().Append(30);

        broker.Move(B);
        broker.Append(5);

        Assert.Equal(Numbered(35), broker.Values());
        Assert.Equal("/b/orders-0", broker.PartitionLog!.Directory);
        Assert.Equal(35, broker.Partition.Snapshot.HighWatermark);
        broker.World.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["/b/orders-0"], broker.Folders());
        Assert.Empty(broker.World.Errors);

        Assert.True(broker.World.Await(broker.Replicas.Stop()));
        Assert.Equal("nothing", broker.Process.Held());
        broker.Start();
        Assert.Equal(Numbered(35), broker.Lead().Values());
    }

    [Fact]
    public void What_is_appended_while_the_copy_grows_is_copied()
    {
        var broker = new MovingBroker().Lead().Append(10);
        broker.HoldBack();
        Assert.Equal(KafkaError.None, broker.Alter(B));
        broker.World.Advance(TimeSpan.FromSeconds(3));
        broker.Append(10);
        Assert.Equal((A, true), (broker.Home, broker.IsMoving));
        broker.LetGo();

        broker.World.RunUntil(() => !broker.IsMoving);

        Assert.Equal(B, broker.Home);
        Assert.Equal(Numbered(20), broker.Values());
    }

    /// <summary>The appends stand in the partition's queue whenever the copy has come to its end.</summary>
    [Fact]
    public void Writer_who_never_rests_keeps_no_move_from_ending()
    {
        var broker = new MovingBroker().Lead().Append(5);
        var count = 5;
        var ask = broker.BeginAlter(B);
        for (var step = 0; step < 2000 && broker.Home != B; step++)
        {
            _ = broker.BeginAppend();
            count++;
            broker.World.RunSteps(1);
        }
        broker.World.RunUntilIdle();

        Assert.True(ask.IsCompleted);
        Assert.Equal(B, broker.Home);
        Assert.Equal(Numbered(count), broker.Values());
    }

    [Fact]
    public void Follower_that_is_cut_back_during_its_move_has_no_record_twice_or_too_many()
    {
        var broker = new MovingBroker().Lead().Append(20).Lead(leader: 2);
        broker.Alter(B);
        // The copy has all when the log is cut, and the move waits for its turn.
        var held = new TaskCompletionSource<bool>();
        var turn = broker.Replicas.Requests.InTurn(() => held.Task);
        broker.World.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((20L, A), (broker.LogDirs.Futures.Find(Name)!.LogEndOffset, broker.Home));
        broker.World.Await(broker.Partition.StepAsFollower(new LeaderEpoch(1), follower => follower.ReturnInto(0, 12)));
        held.SetResult(true);
        broker.World.Await(turn);

        broker.World.RunUntil(() => !broker.IsMoving);

        Assert.Equal(Numbered(12), broker.Values());
        Assert.Equal(B, broker.Home);
    }

    [Fact]
    public void Move_goes_on_after_a_start_with_what_was_copied()
    {
        var broker = new MovingBroker().Lead().Append(30).Flush();
        broker.HoldBack();
        broker.Alter(B);
        broker.World.Advance(TimeSpan.FromSeconds(30));
        Assert.True(broker.IsMoving);
        Assert.True(broker.World.Await(broker.Replicas.Stop()));
        broker.Start();
        Assert.True(broker.IsMoving);
        Assert.Equal(30, broker.PartitionLog!.LogEndOffset);

        broker.Lead();
        broker.World.RunUntil(() => !broker.IsMoving);

        Assert.Equal(B, broker.Home);
        Assert.Equal(Numbered(30), broker.Values());
    }

    [Fact]
    public void High_watermark_is_known_in_the_new_dir_when_the_broker_dies_at_once()
    {
        var broker = new MovingBroker().Lead().Append(30);
        broker.Move(B);
        DieAndStart(broker);

        // A follower, so that nothing but the checkpoint can tell it.
        broker.Lead(leader: 2);

        Assert.Equal((B, 30), (broker.Home, broker.Partition.Snapshot.HighWatermark));
    }

    [Fact]
    public void A_copy_that_a_kill_cut_short_is_not_taken_for_a_log_whose_last_records_are_gone()
    {
        var broker = new MovingBroker().Lead().Append(30).Flush();
        broker.HoldBack();
        broker.Alter(B);
        broker.LogDirs.WriteHighWatermarks(new Dictionary<TopicPartition, long> { [Name] = 30 });
        DieAndStart(broker);

        Assert.Equal((A, true), (broker.Home, broker.IsMoving));
        Assert.DoesNotContain(broker.Log.Lines, line => line.Contains("records are gone", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Death_in_any_step_of_a_move_loses_no_record(bool losesPower)
    {
        var (dies, moved) = (true, 0);
        for (var step = 1; dies; step++)
        {
            var broker = new MovingBroker(step).Lead().Append(12).Flush();
            broker.Process.CrashLosesPower = losesPower;
            broker.World.Disk.CrashIn(step);
            _ = broker.BeginAlter(B);
            broker.World.TryRunUntil(() => IsAtB(broker) || !broker.Process.IsAlive, TimeSpan.FromMinutes(1));
            dies = !broker.Process.IsAlive;
            if (!dies)
            {
                broker.World.Disk.HealFaults();
                Assert.Equal(B, broker.Home);
                broker.Process.Kill();
            }
            broker.World.Disk.KillProcesses();

            broker.Start();
            broker.Lead();
            broker.World.TryRunUntil(() => !broker.IsMoving, TimeSpan.FromMinutes(1));
            Assert.False(broker.IsMoving, $"step {step}");
            moved += broker.Home == B ? 1 : 0;
            Assert.Equal(Numbered(12), broker.Values());
            broker.Append(3);
            broker.World.Advance(TimeSpan.FromSeconds(5));
            Assert.Equal([$"{broker.Home}/orders-0"], broker.Folders());
            Assert.DoesNotContain("replaced-by-copy", broker.World.Disk.NamesIn(broker.Folders()[0]));

            Assert.True(broker.World.Await(broker.Replicas.Stop()));
            broker.Start();
            Assert.Equal(Numbered(15), broker.Lead().Values());
        }
        Assert.True(moved > 10, $"{moved} moves");
    }

    /// <summary>
    /// A dir that fails keeps what it had; where the failure came between a rename and its flush the partition may be in both dirs, and
    /// then the next start says so instead of choosing.
    /// </summary>
    [Fact]
    public void Disk_that_fails_in_any_step_of_a_move_loses_no_record()
    {
        var fails = true;
        for (var step = 1; fails; step++)
        {
            var broker = new MovingBroker(step).Lead().Append(12).Flush();
            broker.World.Disk.FailIn(step, DiskErrorKind.InputOutput);
            _ = broker.BeginAlter(B);
            broker.World.TryRunUntil(() => IsAtB(broker) || broker.DirsLost > 0, TimeSpan.FromMinutes(1));
            broker.World.RunUntilIdle();
            fails = broker.DirsLost > 0;
            broker.World.Disk.HealFaults();
            if (broker.Partition.Snapshot.Leadership.Role == PartitionRole.Leader)
            {
                Assert.Equal(Numbered(12), broker.Values());
                broker.Append(3).Flush();
            }
            var count = (int)broker.Partition.Snapshot.LogEndOffset;
            Assert.Empty(broker.World.Errors);

            Assert.True(broker.World.Await(broker.Replicas.Stop()));
            try
            {
                broker.Start();
            }
            catch (LogDirsUnusable unusable)
            {
                Assert.Contains("/a/orders-0 and in /b/orders-0", unusable.Message, StringComparison.Ordinal);
                continue;
            }
            broker.Lead();
            broker.World.TryRunUntil(() => !broker.IsMoving, TimeSpan.FromMinutes(1));
            Assert.Equal(Numbered(count), broker.Values());
        }
    }

    /// <summary>
    /// The copy has the partition's name and its dir is lost: the log goes on, and must not be taken for what is to go by the next start.
    /// </summary>
    [Fact]
    public void Mark_of_a_replacement_that_failed_is_taken_back()
    {
        var broker = new MovingBroker().Lead().Append(12).Flush();
        broker.HoldBack();
        broker.Alter(B);
        var disk = broker.World.Disk;
        disk.FailFlushes(path => path == B && disk.NamesIn(B).Contains("orders-0"), DiskErrorKind.InputOutput);
        broker.LetGo();
        broker.World.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((1, A), (broker.DirsLost, broker.Home));
        Assert.Equal(["/a/orders-0", "/b/orders-0"], broker.Folders());
        broker.Append(3).Flush();

        Assert.DoesNotContain("replaced-by-copy", disk.NamesIn("/a/orders-0"));
        disk.HealFaults();
        Assert.True(broker.World.Await(broker.Replicas.Stop()));
        Assert.Throws<LogDirsUnusable>(broker.Start);
    }

    private static void DieAndStart(MovingBroker broker)
    {
        broker.Process.Kill();
        broker.World.Disk.KillProcesses();
        broker.Start();
    }

    private static bool IsAtB(MovingBroker broker) => broker.Home == B && !broker.IsMoving;
}
