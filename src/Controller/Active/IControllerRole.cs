namespace KafkaCompatBroker.Controller.Active;

/// <summary>What a request handler needs to know of this broker's controller. May be read from anywhere.</summary>
public interface IControllerRole
{
    /// <summary>Whether this broker is the active controller, which alone creates, changes and deletes topics.</summary>
    bool IsActive { get; }
}
