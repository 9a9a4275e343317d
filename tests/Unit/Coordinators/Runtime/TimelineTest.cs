using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

public class TimelineTest
{
    private const string Key = "key";

    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly Timeline timeline;
    private readonly TimelineMap<string, string> map;

    public TimelineTest()
    {
        loop = world.Loops.Create("shard");
        timeline = new Timeline(loop);
        map = new(timeline);
    }

    [Fact]
    public void Change_is_seen_once_the_high_watermark_has_passed_its_record()
    {
        OnLoop(() => map.Set(0, Key, "old"));
        OnLoop(() => timeline.Advance(1));
        OnLoop(() => map.Set(1, Key, "new"));
        Assert.Equal(("old", "new", false), (Visible(), Latest(), map.IsStable(Key)));
        OnLoop(() => timeline.Advance(1));
        Assert.Equal("old", Visible());
        OnLoop(() => timeline.Advance(2));
        Assert.Equal(("new", "new", true), (Visible(), Latest(), map.IsStable(Key)));
    }

    [Fact]
    public void Of_several_changes_on_their_way_readers_see_the_last_that_is_committed()
    {
        for (var offset = 0; offset < 4; offset++)
        {
            var text = $"v{offset}";
            OnLoop(() => map.Set(offset, Key, text));
        }
        Assert.Null(Visible());
        OnLoop(() => timeline.Advance(3));
        Assert.Equal(("v2", "v3"), (Visible(), Latest()));
    }

    [Fact]
    public void Deleted_value_is_seen_until_its_deletion_is_committed_and_leaves_nothing_behind()
    {
        OnLoop(() => map.Set(0, Key, "value"));
        OnLoop(() => timeline.Advance(1));
        OnLoop(() => map.Set(1, Key, null));
        Assert.Equal(("value", null, false), (Visible(), Latest(), map.IsEmpty));
        OnLoop(() => timeline.Advance(2));
        Assert.Equal((null, null, true), (Visible(), Latest(), map.IsEmpty));
    }

    [Fact]
    public void What_lay_in_the_log_at_load_is_seen_at_once_and_stable_once_committed()
    {
        OnLoop(() => timeline.StartAt(highWatermark: 1, logEndOffset: 3));
        OnLoop(() => map.Set(2, Key, "value"));
        Assert.Equal(("value", false), (Visible(), map.IsStable(Key)));
        OnLoop(() => timeline.Advance(3));
        Assert.True(map.IsStable(Key));
    }

    [Fact]
    public void High_watermark_never_goes_back()
    {
        OnLoop(() => timeline.Advance(5));
        OnLoop(() => timeline.Advance(3));
        Assert.Equal((5, 5), (timeline.HighWatermark, timeline.VisibleOffset));
    }

    private string? Visible() => map.TryGetVisible(Key, out var value) ? value : null;

    private string? Latest() => map.TryGetLatest(Key, out var value) ? value : null;

    private void OnLoop(Action work)
    {
        loop.Post(work);
        world.RunUntilIdle();
        Assert.Empty(world.Errors);
    }
}
